"""From stars to paper and wall: takes frozen facts and file paths, gives PDFs. Opens no library.

The doors::

    document_model.py  Picture, Show, ProofReport
    contact_sheet.py   contact_sheet(show, settings, out, progress=None) -> ProofReport
    wall_pdf.py        wall_proof(show, settings, out, progress=None) -> ProofReport
    print_pages.py     plates(show, settings, out, progress=None, sizes=()) -> ProofReport
    certificates.py    certificates(show, rows, settings, out, progress=None) -> ProofReport
    edition_ledger.py  open_edition, issue, void(rows, *, digest, …) -> LedgerRow; verify(rows)
    preflight.py       preflight(show, settings, sizes=(), *, stop_coarse=True) -> findings
    export.py          export(show, settings, house, folder, progress=None), houses()
    soft_proof.py      soft_proof(file, profile="fogra39", intent="relative") -> SoftProof
    rasterize.py       page_count(file); render_page(file, index, *, dpi=None, side=None) -> Image
    sequence.py        sequence(pictures, settings), by_look(pictures) -> ProofPrints
    wall_layout.py     hang(pictures, settings) -> Wall: geometry alone, no PDF
    proof_styles.py    names(), style(name)

``settings`` is a recipe's ``[proof]`` table (edition.recipe.proof_settings.ProofSettings),
``out`` a path, ``progress`` is called with (done, total). What goes wrong is a ProofError, raised
before anything is written wherever it can be known before; no door leaves half a file.
"""

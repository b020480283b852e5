"""From stars to paper and wall: takes frozen facts and file paths, gives PDFs. Opens no library.

The doors::

    show.py       Picture, Show, ProofReport
    sheet.py      contact_sheet(show, settings, out, progress=None) -> ProofReport
    wall.py       wall_proof(show, settings, out, progress=None) -> ProofReport
    plate.py      plates(show, settings, out, progress=None, sizes=()) -> ProofReport
    papers.py     certificates(show, rows, settings, out, progress=None) -> ProofReport
    ledger.py     open_edition, issue, void: (rows, *, digest, seed, …) -> Row; verify(rows)
    preflight.py  preflight(show, settings, sizes=(), *, stop_coarse=True) -> tuple[Finding, …]
    export.py     export(show, settings, house, folder, progress=None) -> ExportReport; houses()
    softproof.py  soft_proof(file, profile="fogra39", intent="relative") -> SoftProof
    screen.py     page_count(file); render_page(file, index, *, dpi=None, side=None) -> Image
    order.py      sequence(pictures, settings), by_look(pictures) -> tuple[Picture, …]
    hang.py       hang(pictures, settings) -> Wall: geometry alone, no PDF
    structure.py  problems(file) -> list[str]: what is not built to PDF/X-4
    styles.py     names(), style(name)

``settings`` is a recipe's ``[proof]`` table (edition.recipe.proofing.Proofing), ``out`` a path,
``progress`` is called with (done, total). What goes wrong is a ProofError, raised before anything
is written wherever it can be known before; no door leaves half a file.
"""

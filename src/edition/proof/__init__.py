"""From stars to paper and wall: takes frozen facts and file paths, gives PDFs. Opens no library.

The doors::

    from edition.proof.show import Picture, ProofReport, Show
    from edition.proof.sheet import contact_sheet   # (show, settings, out, progress=None)
    from edition.proof.wall import wall_proof       # (show, settings, out, progress=None)

``settings`` is a recipe's ``[proof]`` table (edition.recipe.proofing.Proofing), ``out`` a path,
``progress`` is called with (done, total). Each returns a ProofReport and raises ProofError.
"""

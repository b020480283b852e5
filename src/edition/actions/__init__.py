"""All that a person can do with a library, once, for the command line, the screens and the browser.

Cheap to open; loads no torch.
"""

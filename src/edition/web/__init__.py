"""The screens in a browser on this machine: a web server, its gate, and the program it starts.

Knows the web; knows nothing of prints. Everything but the pages is textual-serve's.
"""

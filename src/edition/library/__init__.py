"""Prints, marks, stacks and jobs in SQLite, pixels and recipes in files.

Knows SQL, files and PNG chunks; makes no picture and judges none.
"""

"""Where the two doors, command line and screens, meet the rooms: every action once.

Cheap to open; loads no torch.
"""

"""What terminals can draw, how they are asked, and how pictures reach them."""

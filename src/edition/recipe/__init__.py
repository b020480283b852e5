"""What an edition is: a frozen, validated recipe. Knows files of TOML, no pixels, no models."""

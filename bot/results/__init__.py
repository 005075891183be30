"""What the answers add up to, by market, product, county and kind of measure."""

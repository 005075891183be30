"""Where notifications come from: files of the WTO's ePing platform and normalised lines."""

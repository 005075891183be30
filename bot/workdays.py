"""Working days in China, and deadlines counted back in them."""

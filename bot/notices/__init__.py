"""What associations and the centre broadcast."""

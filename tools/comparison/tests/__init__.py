"""What of the comparison can be tested without measuring."""

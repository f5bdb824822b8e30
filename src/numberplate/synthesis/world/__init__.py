"""What is around a plate: backgrounds, streets, cars, and what stands in the way."""

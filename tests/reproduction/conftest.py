import os

# Before TensorFlow is imported: its own lines say nothing about what is tested.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

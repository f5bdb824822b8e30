"""Bulk: millions of pictures, on all cores of a machine or a cluster, to Parquet; what was ended goes on."""

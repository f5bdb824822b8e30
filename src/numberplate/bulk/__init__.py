"""Bulk: millions of pictures, on all cores of a machine or a cluster, to Parquet; a run that was ended goes on."""

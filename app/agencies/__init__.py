"""Chambers of commerce: the agency, its regional offices, its officers, their stamps and signature images."""

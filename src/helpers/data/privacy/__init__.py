"""Personal data: found by values, then dropped, covered, made coarser or hashed; and how anonymous rows are."""

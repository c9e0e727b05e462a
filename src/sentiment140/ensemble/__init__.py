"""From the members' OOF columns to one calibrated probability, nested by fold."""

"""When scheduled journeys begin: at a time of the calendar, once or again and again, for the members of a segment."""

"""Where enrolments are kept."""

"""What a process shows of itself: the stacks of its threads."""

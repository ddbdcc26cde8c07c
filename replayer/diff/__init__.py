"""From two arms and their recording to a verdict: align, compare, reach, judge, effects, findings, gates. Reads only captures."""

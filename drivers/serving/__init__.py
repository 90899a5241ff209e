"""How one service answers: compiled at load, then run over columns of NumPy.

`compiled` makes a service ready, `lookup` asks the store for its views, `program` calls its
functions, `vectors` is the answer, `origins` tells where its values came from; `verdicts` decides,
when a run is published, which functions may be called on NumPy.
"""

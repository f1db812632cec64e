# Everything a person runs. `make run` and `make test` do all of their own set-up.

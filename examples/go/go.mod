module examples

go 1.22

require primer v0.0.0

replace primer => ../../bindings/go

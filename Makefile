# make demo    the main job on the embedded database
# make test    installs what the tests need and runs all of them
# make bench   speed over the wire, each figure beside its floor (3 minutes)
.PHONY: build demo test bench lint generate fuzz clean

build:
	go build -trimpath -o poolhouse ./cmd/poolhouse

demo:
	go run ./cmd/poolhouse quickstart --cleanup

test:
	./test/run

bench:
	go test -run '^$$' -bench . -benchtime 1s -timeout 20m ./test/bench

lint:
	./test/lint

generate:
	go generate ./...

fuzz:
	./test/fuzz

clean:
	rm -rf poolhouse dist

# make demo    the main job on the embedded database
# make test    installs what the tests need and runs all of them
# make bench   speed and memory, each figure beside its yardstick
.PHONY: build demo test bench lint generate fuzz clean

build:
	go build -trimpath -o poolhouse ./cmd/poolhouse

demo:
	go run ./cmd/poolhouse quickstart --cleanup

test:
	./test/run

bench:
	go test -run '^$$' -bench . -benchmem ./internal/... ./test/bench/...

lint:
	./test/lint

generate:
	go generate ./...

fuzz:
	./test/fuzz

clean:
	rm -rf poolhouse dist

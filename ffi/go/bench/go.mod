module example.com/overten/webhook/bench

go 1.25.0

require (
	example.com/overten/webhook v0.0.0
	github.com/standard-webhooks/standard-webhooks/libraries v0.0.1
)

require (
	github.com/tetratelabs/wazero v1.12.0 // indirect
	golang.org/x/sys v0.44.0 // indirect
)

replace example.com/overten/webhook => ../

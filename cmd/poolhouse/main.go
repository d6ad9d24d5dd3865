// Command poolhouse is the identity server and its tools: one binary that
// speaks the wire protocols of Amazon Cognito user pools, Cognito identity
// pools, IAM and STS.
//
//	poolhouse serve        run the server
//	poolhouse quickstart   run the thirteen-step chain against a server or AWS
//	poolhouse keys         rotate the keys that seal secrets
//	poolhouse version      print the version
//
// Every flag can be given in the environment too; --help names the variables.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// streams are the process's outputs, replaced in tests.
type streams struct {
	out, err io.Writer
}

type cli struct {
	Serve      serveCommand      `cmd:"" help:"Run the server."`
	Quickstart quickstartCommand `cmd:"" help:"Run the chain that turns a signed-in user into AWS credentials: thirteen calls, against an embedded server, a running one, or AWS."`
	Keys       keysCommand       `cmd:"" help:"Manage the keys that seal secrets in the database."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

func main() { os.Exit(run(os.Args[1:], streams{os.Stdout, os.Stderr})) }

func run(args []string, s streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("poolhouse"),
		kong.Description("An identity server that speaks the protocols of Amazon Cognito, IAM and STS."),
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exit = code }),
		kong.Vars{"region": defaultRegion, "account": defaultAccount, "listen": defaultListen, "data": defaultDataDir()},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "poolhouse:", err)
		return 2
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintf(s.err, "poolhouse: %v (see poolhouse --help)\n", err)
		return 2
	}
	if err := k.Run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(s.err, "poolhouse:", err)
		return 1
	}
	return 0
}

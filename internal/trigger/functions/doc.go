// Package functions runs Lambda functions as local processes, so that nobody
// needs Docker or an account to try a trigger. A file binds functions to
// commands:
//
//	functions:
//	  - arn: arn:aws:lambda:us-east-1:123456789012:function:pre-sign-up
//	    command: [./bootstrap]          # any custom runtime, such as a Go program
//	  - name: custom-message            # in every account and region
//	    runtime: nodejs                 # or python
//	    dir: ./custom-message
//	    handler: index.handler          # file index.mjs, .js or .cjs; export handler
//	    env: {GREETING: hello}
//	    concurrency: 4                  # processes at a time; 10 unless told
//	    timeout: 3s                     # 3s unless told; 15m at most
//
// dir is relative to the file and is where the command runs; without one that is
// the file's own folder.
//
// A process speaks the Lambda Runtime API ("Using the Lambda runtime API for
// custom runtimes" in the Lambda Developer Guide), which it finds at
// AWS_LAMBDA_RUNTIME_API: every language's runtime interface client does, and for
// Node.js and Python a small one is built in. A process serves one invocation
// at a time. One that crashes, or takes longer than its timeout, is replaced for the
// next invocation. What it prints goes to the log.
//
// Processes get the environment of a Lambda function, the proxy and language
// settings of the server's and what the file says; nothing else of the server's,
// which has secrets in it.
package functions

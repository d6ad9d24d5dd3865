// Package archtest keeps the module's architecture: which package may import
// which, and which may touch the outside. docs/architecture.md says why. A new
// package gets a line in the table of its test and a place in that document.
package archtest

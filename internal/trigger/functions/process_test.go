package functions_test

import (
	"os"
	"syscall"
)

// running tells whether there is a process.
func running(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && p.Signal(syscall.Signal(0)) == nil
}

package compromised_test

import (
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/compromised"
)

// list writes the list of the passwords, and returns its path.
func list(t *testing.T, end string, passwords ...string) string {
	t.Helper()
	var lines []string
	for i, p := range passwords {
		lines = append(lines, fmt.Sprintf("%X:%d", sha1.Sum([]byte(p)), 7*i*i+1))
	}
	slices.Sort(lines)
	return write(t, strings.Join(lines, end)+end)
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "passwords.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHas(t *testing.T) {
	t.Parallel()
	var passwords []string
	for i := range 1000 {
		passwords = append(passwords, fmt.Sprint("password", i))
	}
	for _, end := range []string{"\n", "\r\n"} {
		for _, n := range []int{1, 2, 3, 1000} {
			l, err := compromised.Open(list(t, end, passwords[:n]...))
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			for i, p := range passwords {
				if has, err := l.Has(p); err != nil || has != (i < n) {
					t.Errorf("%d lines, %s: %v, %v", n, p, has, err)
				}
			}
			if has, err := l.Has(""); err != nil || has {
				t.Errorf("%d lines, no password: %v, %v", n, has, err)
			}
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	sum := strings.ToUpper(fmt.Sprintf("%x", sha1.Sum([]byte("a"))))
	for name, text := range map[string]string{
		"empty": "", "short": "ABC:1\n", "no hash": strings.Repeat("X", 40) + ":1\n", "one long line": strings.Repeat(sum, 100),
		"unsorted": "FF" + sum[2:] + ":1\n00" + sum[2:] + ":1\n",
	} {
		if l, err := compromised.Open(write(t, text)); err == nil {
			l.Close()
			t.Errorf("%s: it was opened", name)
		}
	}
	if _, err := compromised.Open(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing file was opened")
	}
	// What is wrong within shows when it is read.
	l, err := compromised.Open(write(t, "00"+sum[2:]+":1\n"+strings.Repeat("?", 200)+"\nFF"+sum[2:]+":1\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Has("password"); err == nil {
		t.Error("garbage was read")
	}
}

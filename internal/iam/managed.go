package iam

import (
	"crypto/sha256"
	_ "embed" // the catalogue
	"encoding/base32"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

const managedPrefix = "arn:aws:iam::aws:policy/"

// serviceRolePath holds the policies of service-linked roles, which customers
// cannot attach.
const serviceRolePath = "/aws-service-role/"

//go:embed managed.json
var builtinManaged []byte

// managedPolicy is one of AWS's policies, as the catalogue's files have it.
type managedPolicy struct {
	Path        string
	Name        string
	Description string
	// Version is the number of the default version, the only one that is kept.
	Version  int64
	Created  time.Time
	Updated  time.Time
	Document json.RawMessage

	id, arn, document string
}

// catalogue is the AWS managed policies by ARN.
type catalogue struct {
	byARN  map[string]*managedPolicy
	sorted []*managedPolicy // by key
}

// newCatalogue reads the built-in policies and those of files and directories.
func newCatalogue(paths []string) (*catalogue, error) {
	c := &catalogue{byARN: map[string]*managedPolicy{}}
	if err := c.add(builtinManaged); err != nil {
		return nil, fmt.Errorf("built-in managed policies: %w", err)
	}
	for _, path := range paths {
		if err := c.load(path); err != nil {
			return nil, fmt.Errorf("managed policies: %w", err)
		}
	}
	for _, p := range c.byARN {
		c.sorted = append(c.sorted, p)
	}
	sort.Slice(c.sorted, func(i, j int) bool { return c.sorted[i].key() < c.sorted[j].key() })
	return c, nil
}

func (c *catalogue) load(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	files := []string{path}
	if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(path, "*.json")); err != nil {
			return err
		}
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		if err := c.add(text); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
	}
	return nil
}

// add reads a JSON array of policies; later ones replace earlier ones.
func (c *catalogue) add(text []byte) error {
	var list []*managedPolicy
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	for _, p := range list {
		if err := p.prepare(); err != nil {
			return fmt.Errorf("policy %q: %w", p.Name, err)
		}
		c.byARN[p.arn] = p
	}
	return nil
}

// managedSince stands for the creation of policies whose own is not given.
var managedSince = time.Date(2015, 2, 6, 18, 39, 46, 0, time.UTC)

func (p *managedPolicy) prepare() error {
	if p.Path == "" {
		p.Path = "/"
	}
	if p.Version == 0 {
		p.Version = 1
	}
	if p.Created.IsZero() {
		p.Created = managedSince
	}
	if p.Updated.IsZero() {
		p.Updated = p.Created
	}
	p.arn = strings.TrimSuffix(managedPrefix, "/") + p.Path + p.Name
	p.document = string(p.Document)
	sum := sha256.Sum256([]byte(p.arn))
	p.id = "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
	return validateIdentity(p.document)
}

func (p *managedPolicy) key() string { return strings.ToLower(p.Name) }

func (p *managedPolicy) attachable() bool { return p.Path != serviceRolePath }

// of returns AWS's policy with the ARN, or nil.
func (c *catalogue) of(arn string) *managedPolicy { return c.byARN[arn] }

// isManaged tells whether the ARN is in AWS's own namespace.
func isManaged(arn string) bool { return strings.HasPrefix(arn, managedPrefix) }

package iam

import (
	"crypto/sha256"
	_ "embed" // the catalogue
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/policy"
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

// add reads policies; later ones replace earlier ones.
func (c *catalogue) add(text []byte) error {
	list, err := readManaged(text)
	if err != nil {
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

// readManaged reads a JSON array of policies, or what the command
//
//	aws iam get-account-authorization-details --filter AWSManagedPolicy
//
// prints of an account at AWS.
func readManaged(text []byte) (list []*managedPolicy, err error) {
	if !strings.HasPrefix(strings.TrimSpace(string(text)), "{") {
		err = json.Unmarshal(text, &list)
		return list, err
	}
	var details struct {
		Policies []struct {
			PolicyName, Path, DefaultVersionId string //nolint:revive // the API's names
			CreateDate, UpdateDate             time.Time
			PolicyVersionList                  []struct {
				VersionId string //nolint:revive // the API's name
				Document  json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(text, &details); err != nil {
		return nil, err
	}
	for _, d := range details.Policies {
		p := &managedPolicy{Path: d.Path, Name: d.PolicyName, Created: d.CreateDate, Updated: d.UpdateDate}
		if p.Version, err = strconv.ParseInt(strings.TrimPrefix(d.DefaultVersionId, "v"), 10, 64); err != nil {
			return nil, fmt.Errorf("policy %q: version %q", d.PolicyName, d.DefaultVersionId)
		}
		for _, v := range d.PolicyVersionList {
			if v.VersionId == d.DefaultVersionId {
				p.Document = v.Document
			}
		}
		list = append(list, p)
	}
	return list, nil
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
	if p.Name == "" || !strings.HasPrefix(p.Path, "/") || !strings.HasSuffix(p.Path, "/") {
		return errors.New("a policy needs a Name, and a Path between slashes")
	}
	// AWS's own documents may have what it refuses in others.
	_, err := policy.Parse(p.document)
	return err
}

func (p *managedPolicy) key() string { return strings.ToLower(p.Name) }

func (p *managedPolicy) attachable() bool { return p.Path != serviceRolePath }

// of returns AWS's policy with the ARN, or nil.
func (c *catalogue) of(arn string) *managedPolicy { return c.byARN[arn] }

// isManaged tells whether the ARN is in AWS's own namespace.
func isManaged(arn string) bool { return strings.HasPrefix(arn, managedPrefix) }

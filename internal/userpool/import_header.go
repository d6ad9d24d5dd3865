package userpool

// Operation: GetCSVHeader.

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The columns of an import file that are not attributes. columnHash may be
// missing; GetCSVHeader does not list it.
const (
	columnMFA      = "cognito:mfa_enabled"
	columnUsername = "cognito:username"
	columnHash     = "cognito:password_hash"
)

// GetCSVHeader returns the columns of the pool's import files: its attributes
// in the order of its schema, whether the user has MFA, and the username.
// Errors: ResourceNotFoundException.
func (s *Service) GetCSVHeader(ctx context.Context, in *cognito.GetCSVHeaderInput) (*cognito.GetCSVHeaderOutput, error) {
	var p *pool
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognito.GetCSVHeaderOutput{UserPoolId: &p.ID, CSVHeader: p.importColumns()}, nil
}

// importColumns lists the columns that every import file of the pool has.
func (p *pool) importColumns() (columns []string) {
	for _, a := range p.Doc.SchemaAttributes {
		if name := aws.ToString(a.Name); name != attrSub && name != attrIdentities {
			columns = append(columns, name)
		}
	}
	return append(columns, columnMFA, columnUsername)
}

// importHeader reads the first line of an import file: the columns of the pool
// in any order, and perhaps columnHash. The error says what is wrong with it,
// in words for the job's CompletionMessage.
func (p *pool) importHeader(line string, needsHash bool) ([]string, error) {
	columns := splitRow(line)
	for i, c := range columns {
		columns[i] = strings.TrimSpace(c)
	}
	want := p.importColumns()
	for i, c := range columns {
		switch {
		case slices.Contains(columns[:i], c):
			return nil, fmt.Errorf("The header of the CSV file has the column %.40q twice.", c) //nolint:staticcheck // a sentence for the job's owner
		case c != columnHash && !slices.Contains(want, c):
			return nil, fmt.Errorf("The header of the CSV file has the unknown column %.40q.", c) //nolint:staticcheck // a sentence for the job's owner
		}
	}
	if needsHash {
		want = append(want, columnHash)
	}
	for _, c := range want {
		if !slices.Contains(columns, c) {
			return nil, fmt.Errorf("The header of the CSV file lacks the column %s.", c) //nolint:staticcheck // a sentence for the job's owner
		}
	}
	return columns, nil
}

// splitRow splits a row at its commas, but for those behind a backslash. There
// are no quotes.
func splitRow(line string) (values []string) {
	if !strings.Contains(line, `\`) {
		return strings.Split(line, ",")
	}
	var value strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == ',':
			value.WriteByte(',')
			i++
		case line[i] == ',':
			values = append(values, value.String())
			value.Reset()
		default:
			value.WriteByte(line[i])
		}
	}
	return append(values, value.String())
}

package iam

// GenerateOrganizationsAccessReport, GetOrganizationsAccessReport

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

const (
	kindOrganizationsReport = "organizations-report"
	// fullAccess is the one policy of the organization.
	fullAccess = "p-FullAWSAccess"

	msgEntityPath         = "The entity path %s is not in the organization."
	msgOrganizationPolicy = "The policy %s is not in the organization."
)

// organizationsReport is a report as it was generated.
type organizationsReport struct {
	CreatorID string
	Services  []organizationsUse
}

// organizationsUse is the last use of a service; Accounts is 0 without any.
type organizationsUse struct {
	Space        string
	Path, Region string
	At           time.Time
	Accounts     int
}

// GenerateOrganizationsAccessReport makes a report on which services the
// principals of an account, or of all, have tried last. It is for the management
// account, and complete at once.
func (s *Service) GenerateOrganizationsAccessReport(ctx context.Context, in *iam.GenerateOrganizationsAccessReportInput) (*iam.GenerateOrganizationsAccessReportOutput, error) {
	call := awswire.CallOf(ctx)
	organization, root, ok := s.organizationIDs()
	if !ok || call.Account != s.management {
		return nil, accessDenied("User: %s is not authorized to perform: organizations:DescribePolicy", call.Principal.ARN)
	}
	account, ok := entityPathAccount(deref(in.EntityPath), organization+"/"+root)
	if !ok {
		return nil, invalidInput(msgEntityPath, deref(in.EntityPath))
	}
	if id := deref(in.OrganizationsPolicyId); id != "" && id != fullAccess {
		return nil, invalidInput(msgOrganizationPolicy, id)
	}
	if err := s.usage.flush(ctx); err != nil {
		return nil, err
	}
	out := &iam.GenerateOrganizationsAccessReportOutput{}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		uses, err := tx.IAMAccountUses(account, tx.Now().Add(-trackingPeriod))
		if err != nil {
			return err
		}
		r := organizationsReport{CreatorID: creatorID(&call.Principal), Services: organizationsUses(uses, organization+"/"+root+"/")}
		id := tx.IDs().UUID()
		out.JobId = &id
		return keepReport(tx, call.Account, kindOrganizationsReport, id, &r)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// entityPathAccount is the account at the end of a path, empty for the root.
func entityPathAccount(path, root string) (account string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSuffix(path, "/"), root)
	if !ok || rest == "" {
		return "", ok
	}
	account, ok = strings.CutPrefix(rest, "/")
	return account, ok && len(account) == 12 && strings.Trim(account, "0123456789") == ""
}

func organizationsUses(uses []store.IAMAccountUse, prefix string) []organizationsUse {
	var tried []string
	for _, u := range uses {
		tried = append(tried, u.Service)
	}
	var list []organizationsUse
	for _, space := range reachable([]*policy.Policy{everything}, tried) {
		one := organizationsUse{Space: space}
		if i := slices.IndexFunc(uses, func(u store.IAMAccountUse) bool { return u.Service == space }); i >= 0 {
			one = organizationsUse{space, prefix + uses[i].Account, uses[i].Region, uses[i].At, uses[i].Accounts}
		}
		list = append(list, one)
	}
	return list
}

// GetOrganizationsAccessReport returns a report.
func (s *Service) GetOrganizationsAccessReport(ctx context.Context, in *iam.GetOrganizationsAccessReportInput) (*iam.GetOrganizationsAccessReportOutput, error) {
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	call := awswire.CallOf(ctx)
	var r organizationsReport
	var created time.Time
	err = s.store.View(ctx, func(tx *store.Tx) error {
		o, err := tx.IAMObject(deref(in.JobId))
		if err == nil && (o.Account != call.Account || o.Kind != kindOrganizationsReport || tx.Now().Sub(o.Created) >= accessReportLife) {
			err = store.ErrNotFound
		}
		if err != nil {
			return orElse(err, noSuchEntity(msgAccessReportGone, deref(in.JobId)))
		}
		created = o.Created
		return json.Unmarshal([]byte(o.Body), &r)
	})
	if err == nil && r.CreatorID != creatorID(&call.Principal) {
		err = noSuchEntity(msgAccessReportGone, deref(in.JobId))
	}
	if err != nil {
		return nil, err
	}
	all, unused := int32(len(r.Services)), int32(0)
	for _, u := range r.Services {
		if u.Accounts == 0 {
			unused++
		}
	}
	out := &iam.GetOrganizationsAccessReportOutput{
		JobStatus: types.JobStatusTypeCompleted, JobCreationDate: &created, JobCompletionDate: &created,
		NumberOfServicesAccessible: &all, NumberOfServicesNotAccessed: &unused,
	}
	r.sort(in.SortKey)
	var shown []placedUse
	shown, out.Marker, out.IsTruncated = window(p, placed(r.Services), func(u placedUse) string { return u.place })
	out.AccessDetails = mapSlice(shown, wireOrganizationsUse)
	return out, nil
}

func (r *organizationsReport) sort(key types.SortKeyType) {
	switch key {
	case types.SortKeyTypeServiceNamespaceDescending:
		slices.Reverse(r.Services)
	case types.SortKeyTypeLastAuthenticatedTimeAscending:
		slices.SortStableFunc(r.Services, func(a, b organizationsUse) int { return a.At.Compare(b.At) })
	case types.SortKeyTypeLastAuthenticatedTimeDescending:
		slices.SortStableFunc(r.Services, func(a, b organizationsUse) int { return b.At.Compare(a.At) })
	}
}

// placedUse is a line of a report with its place.
type placedUse struct {
	organizationsUse
	place string
}

func placed(list []organizationsUse) []placedUse {
	out := make([]placedUse, len(list))
	for i, u := range list {
		out[i] = placedUse{u, fmt.Sprintf("%06d", i+1)}
	}
	return out
}

func wireOrganizationsUse(u placedUse) types.AccessDetail {
	name, accounts := serviceName(u.Space), int32(u.Accounts)
	d := types.AccessDetail{ServiceName: &name, ServiceNamespace: &u.Space, TotalAuthenticatedEntities: &accounts}
	if u.Accounts > 0 {
		d.EntityPath, d.Region, d.LastAuthenticatedTime = &u.Path, &u.Region, &u.At
	}
	return d
}

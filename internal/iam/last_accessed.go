package iam

// GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails,
// GetServiceLastAccessedDetailsWithEntities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

const (
	// trackingPeriod is how far reports look back (IAM User Guide, "Refine
	// permissions in AWS using last accessed information").
	trackingPeriod = 400 * 24 * time.Hour
	// accessReportLife is how long a report can be read, and maxAccessReports how
	// many an account has at once; the oldest go first.
	accessReportLife = 24 * time.Hour
	maxAccessReports = 1000

	kindAccessReport = "access-report"

	msgAccessReportARN  = "Invalid ARN: %s is not a user, group, role or policy."
	msgAccessReportGone = "The job %s cannot be found."
	msgServiceUnlisted  = "Invalid service namespace: %s is not a service that %s can access."
)

// accessReport is a report as it was generated.
type accessReport struct {
	ARN         string
	Granularity types.AccessAdvisorUsageGranularityType
	// CreatorID is the unique id of the user or role that asked, or the account
	// for root. Nobody else may read the report.
	CreatorID string
	Subject   store.IAMSubject
	Services  []serviceAccess
}

type serviceAccess struct {
	Space   string
	Users   int       `json:",omitempty"`
	Last    *lastUse  `json:",omitempty"`
	Actions []lastUse `json:",omitempty"`
}

type lastUse struct {
	Action      string `json:",omitempty"`
	ARN, Region string
	At          time.Time
}

// GenerateServiceLastAccessedDetails makes a report on which services the
// policies of a user, group, role or policy allow, and when they were last
// tried. The report is complete at once.
func (s *Service) GenerateServiceLastAccessedDetails(ctx context.Context, in *iam.GenerateServiceLastAccessedDetailsInput) (*iam.GenerateServiceLastAccessedDetailsOutput, error) {
	if err := s.usage.flush(ctx); err != nil {
		return nil, err
	}
	call := awswire.CallOf(ctx)
	out := &iam.GenerateServiceLastAccessedDetailsOutput{}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		r := accessReport{ARN: deref(in.Arn), Granularity: in.Granularity, CreatorID: creatorID(&call.Principal)}
		if r.Granularity == "" {
			r.Granularity = types.AccessAdvisorUsageGranularityTypeServiceLevel
		}
		policies, err := s.reportSubject(tx, call.Account, &r)
		if err != nil {
			return err
		}
		if err := r.fill(tx, policies); err != nil {
			return err
		}
		id := tx.IDs().UUID()
		out.JobId = &id
		return keepReport(tx, call.Account, kindAccessReport, id, &r)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func creatorID(p *awswire.Principal) string {
	if p.IssuerID != "" {
		return p.IssuerID
	}
	return p.Account
}

// reportSubject finds what the report is on and returns its policies.
func (s *Service) reportSubject(tx *store.Tx, account string, r *accessReport) ([]*policy.Policy, error) {
	parts := strings.SplitN(r.ARN, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" {
		return nil, invalidInput(msgAccessReportARN, r.ARN)
	}
	r.Subject.Account = account
	kind, rest, _ := strings.Cut(parts[5], "/")
	switch kind := store.IAMKind(kind); kind {
	case "policy":
		r.Subject.PolicyARN = r.ARN
		if err := s.policyExists(tx, account, r.ARN, noSuchEntity("Policy %s was not found.", r.ARN)); err != nil {
			return nil, err
		}
		document, err := s.documentOf(tx, r.ARN, "")
		return []*policy.Policy{s.cache.compile(document)}, err
	case store.IAMUser, store.IAMGroup, store.IAMRole:
		name := arnName("/" + rest)
		e, err := tx.IAMEntity(account, kind, name)
		if err == nil && e.ARN() != r.ARN {
			err = store.ErrNotFound
		}
		if err != nil {
			return nil, orElse(err, noEntity(kind, name))
		}
		r.Subject.EntityID = e.ID
		snap, err := s.snapshot(tx, account, e.ID)
		if err != nil {
			return nil, err
		}
		return snap.policies, nil
	}
	return nil, invalidInput(msgAccessReportARN, r.ARN)
}

// fill takes what was used of what the policies allow.
func (r *accessReport) fill(tx *store.Tx, policies []*policy.Policy) error {
	uses, err := tx.IAMUses(r.Subject, tx.Now().Add(-trackingPeriod))
	if err != nil {
		return err
	}
	var tried []string
	for _, u := range uses {
		tried = append(tried, u.Service)
	}
	at := map[string]int{}
	for i, space := range reachable(policies, tried) {
		at[space] = i
		r.Services = append(r.Services, serviceAccess{Space: space})
	}
	arns := map[string]string{}
	for _, u := range uses {
		i, allowed := at[u.Service]
		if !allowed || u.Action != "" && r.Granularity != types.AccessAdvisorUsageGranularityTypeActionLevel {
			continue
		}
		if arns[u.EntityID] == "" {
			e, err := tx.IAMEntityByID(u.EntityID)
			if err != nil {
				return err
			}
			arns[u.EntityID] = e.ARN()
		}
		last := lastUse{Action: u.Action, ARN: arns[u.EntityID], Region: u.Region, At: u.At}
		if u.Action == "" {
			r.Services[i].Last, r.Services[i].Users = &last, u.Users
		} else {
			r.Services[i].Actions = append(r.Services[i].Actions, last)
		}
	}
	return nil
}

// keepReport writes the report and deletes those that are too old or too many.
// Names begin with the time, so the oldest report is the first.
func keepReport(tx *store.Tx, account, kind, id string, r any) error {
	n, err := tx.CountIAMObjects(account, kind)
	if err != nil {
		return err
	}
	oldest, err := tx.ListIAMObjects(account, kind, "", 10)
	if err != nil {
		return err
	}
	for _, o := range oldest {
		if n < maxAccessReports && tx.Now().Sub(o.Created) < accessReportLife {
			break
		}
		if err := tx.DeleteIAMObject(o.ID); err != nil {
			return err
		}
		n--
	}
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%016x %s", tx.Now().UnixMilli(), id)
	return tx.InsertIAMObject(store.IAMObject{ID: id, Account: account, Kind: kind, Name: name, Body: string(body), Created: tx.Now()})
}

// accessReport returns the caller's report.
func (s *Service) accessReport(tx *store.Tx, call *awswire.Call, id string) (r accessReport, created time.Time, err error) {
	o, err := tx.IAMObject(id)
	if err == nil && (o.Account != call.Account || o.Kind != kindAccessReport || tx.Now().Sub(o.Created) >= accessReportLife) {
		err = store.ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal([]byte(o.Body), &r)
	}
	if err == nil && r.CreatorID != creatorID(&call.Principal) {
		err = store.ErrNotFound
	}
	return r, o.Created, orElse(err, noSuchEntity(msgAccessReportGone, id))
}

// GetServiceLastAccessedDetails returns a report, by service namespace.
func (s *Service) GetServiceLastAccessedDetails(ctx context.Context, in *iam.GetServiceLastAccessedDetailsInput) (*iam.GetServiceLastAccessedDetailsOutput, error) {
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var r accessReport
	var created time.Time
	err = s.store.View(ctx, func(tx *store.Tx) error {
		r, created, err = s.accessReport(tx, awswire.CallOf(ctx), deref(in.JobId))
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &iam.GetServiceLastAccessedDetailsOutput{
		JobStatus: types.JobStatusTypeCompleted, JobType: r.Granularity, JobCreationDate: &created, JobCompletionDate: &created,
	}
	shown, marker, truncated := window(p, r.Services, func(a serviceAccess) string { return a.Space })
	out.Marker, out.IsTruncated = marker, truncated
	out.ServicesLastAccessed = mapSlice(shown, wireServiceAccess)
	return out, nil
}

func wireServiceAccess(a serviceAccess) types.ServiceLastAccessed {
	name, users := serviceName(a.Space), int32(a.Users)
	w := types.ServiceLastAccessed{ServiceName: &name, ServiceNamespace: &a.Space, TotalAuthenticatedEntities: &users}
	if a.Last != nil {
		w.LastAuthenticated, w.LastAuthenticatedEntity, w.LastAuthenticatedRegion = &a.Last.At, &a.Last.ARN, &a.Last.Region
	}
	for _, u := range a.Actions {
		w.TrackedActionsLastAccessed = append(w.TrackedActionsLastAccessed, types.TrackedActionLastAccessed{
			ActionName: &u.Action, LastAccessedEntity: &u.ARN, LastAccessedRegion: &u.Region, LastAccessedTime: &u.At,
		})
	}
	return w
}

// GetServiceLastAccessedDetailsWithEntities lists the users and roles that could
// have used a report's permissions for a service, the latest to try first.
func (s *Service) GetServiceLastAccessedDetailsWithEntities(ctx context.Context, in *iam.GetServiceLastAccessedDetailsWithEntitiesInput) (*iam.GetServiceLastAccessedDetailsWithEntitiesOutput, error) {
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var created time.Time
	var found []store.IAMServiceUser
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		var r accessReport
		if r, created, err = s.accessReport(tx, awswire.CallOf(ctx), deref(in.JobId)); err != nil {
			return err
		}
		space := strings.ToLower(deref(in.ServiceNamespace))
		if !r.covers(space) {
			return invalidInput(msgServiceUnlisted, deref(in.ServiceNamespace), r.ARN)
		}
		after, err := userAfter(p.after)
		if err != nil {
			return err
		}
		found, err = tx.IAMServiceUsers(r.Subject, space, created.Add(-trackingPeriod), after, p.limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &iam.GetServiceLastAccessedDetailsWithEntitiesOutput{
		JobStatus: types.JobStatusTypeCompleted, JobCreationDate: &created, JobCompletionDate: &created,
	}
	found, out.Marker, out.IsTruncated = cut(p, found, userKey)
	out.EntityDetailsList = mapSlice(found, wireEntityDetails)
	return out, nil
}

func (r *accessReport) covers(space string) bool {
	for i := range r.Services {
		if r.Services[i].Space == space {
			return true
		}
	}
	return false
}

// userKey is the place of a user or role in the list.
func userKey(u store.IAMServiceUser) string {
	at := int64(0)
	if !u.At.IsZero() {
		at = u.At.UnixMilli()
	}
	return strconv.FormatInt(at, 10) + " " + string(u.Kind) + " " + strings.ToLower(u.Name)
}

var errPlace = errors.New("iam: a malformed place in a list")

func userAfter(key string) (*store.IAMServiceUserAfter, error) {
	if key == "" {
		return nil, nil
	}
	parts := strings.SplitN(key, " ", 3)
	if len(parts) != 3 {
		return nil, errPlace
	}
	at, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return nil, errPlace
	}
	after := &store.IAMServiceUserAfter{Kind: store.IAMKind(parts[1]), Name: parts[2]}
	if at != 0 {
		after.At = time.UnixMilli(at)
	}
	return after, nil
}

func wireEntityDetails(u store.IAMServiceUser) types.EntityDetails {
	arn := u.ARN()
	d := types.EntityDetails{EntityInfo: &types.EntityInfo{Arn: &arn, Id: &u.ID, Name: &u.Name, Path: &u.Path, Type: ownerTypes[u.Kind]}}
	if !u.At.IsZero() {
		d.LastAuthenticated = &u.At
	}
	return d
}

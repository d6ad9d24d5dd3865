// Package policy is the policy language of AWS IAM: it parses, validates, matches, evaluates and explains policy
// documents. It is pure: no clock, no I/O, no SDK. All that a decision depends on is in its arguments.
//
// # Deciding
//
// Compile documents once with [Parse] and keep the result: a [Policy] is immutable and safe for concurrent use. Describe
// what the caller wants in a [Request], name the policies that apply in [Inputs], and ask [Evaluate]:
//
//	p, err := policy.Parse(document)
//	...
//	req := &policy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::data/report", Principal: caller}
//	caller.SetContext(&req.Context)
//	req.Context.Set("aws:SourceIp", "203.0.113.9")
//	d := policy.Evaluate(req, &policy.Inputs{Identity: []*policy.Policy{p}})
//	if !d.Allowed {
//		return errors.New(policy.DenialMessage(caller.ARN, req.Action, req.Resource, d))
//	}
//
// A decision takes microseconds and does not allocate.
//
// Inputs holds every type of policy: identity policies, permissions boundary, session policies and those that scope a
// session down further, the resource's policy,
// service and resource control policies by level, VPC endpoint policy. What is left out does not limit, with one
// exception: a session that must have session policies says so with SessionLimited even if it has none.
//
// For sts:AssumeRole and its kin use [EvaluateTrust] with the role's trust policy as Inputs.Resource. The caller is then a
// user or a session, or, for AssumeRoleWithWebIdentity and AssumeRoleWithSAML, a Principal of kind [Federated].
//
// # Condition keys
//
// Request.Context holds the condition keys. Set gives a single-valued key its value, SetList a multi-valued key: the
// difference matters, for a condition without ForAllValues or ForAnyValue never matches a multi-valued key. Key names
// compare without regard to case, and so do the tag keys in aws:PrincipalTag/KEY and its like. The package derives no
// keys by itself; [Principal.SetContext] sets those that follow from the caller. Time belongs to them too: set
// aws:CurrentTime and aws:EpochTime.
//
// # Explaining
//
// [Explain] decides as Evaluate does and returns what the IAM policy simulator shows: the statements that matched with
// their lines and columns, the condition keys that were missing, and what each type of policy said by itself.
// [DenialReason] and [DenialMessage] put a denial into AWS's words. [Policy.ContextKeys] lists the keys a document uses.
//
// # Validating
//
// Parse is lenient: it compiles whatever AWS may have stored and refuses what could not be evaluated safely, with a
// [*ParseError] that tells line and column.
// [ValidateIdentity], [ValidateTrust], [ValidateSession] and [ValidateResource] are strict: they refuse what AWS refuses
// when a document is saved, in AWS's order and with the messages of its MalformedPolicyDocument error, as a
// [*SyntaxError]. [Size] is the length that quotas count. Whether the principals of a trust policy exist is for the
// caller to look up: [Policy.Principals] lists them, [InvalidPrincipal] is the error, and [RewritePrincipals] replaces
// ARNs by unique ids for storage and back for display.
//
// # The rules
//
// They are those of the IAM User Guide, "IAM JSON policy reference" and "Policy evaluation logic". Where it leaves a
// choice, this package takes the one that grants less:
//
//   - A document in which a member occurs twice, or that has an unknown element or operator, is refused.
//   - A NotPrincipal with Deny spares a caller only if everything that the caller is (account, role, user, session) is listed,
//     and with a permissions boundary never.
//   - A role in Principal is compared with its path, or by its unique id.
//   - An identity policy's statement without Resource applies to nothing.
//   - Values that are not of an operator's type (a word for a number, a plain string for an ARN) match neither the operator nor
//     its negation.
package policy

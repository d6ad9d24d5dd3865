package policy

import "strings"

// The texts about a Resource that have nothing to fill in.
const (
	msgVendor  = "Resource vendor must be fully qualified and cannot contain regexes."
	msgIAMPath = `IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, ` +
		`instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.`
)

var iamResourceTypes = []string{
	"user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
	"sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
}

// s3RegionalTypes are the S3 resources whose ARNs have a region; buckets and objects have none.
var s3RegionalTypes = []string{"accesspoint/", "job/", "storage-lens/", "storage-lens-group/", "access-grants/", "async-request/"}

// legacyResourceFault reports an ARN of a known partition with a hole: no service, or fewer than six segments of which
// one is empty. A short ARN without holes, such as arn:aws:sqs, is fine.
func legacyResourceFault(resource string) bool {
	parts := splitPatternARN(resource)
	if len(parts) < 3 || !knownPartition(parts[1]) {
		return false
	}
	return parts[2] == "" || len(parts) < arnSegments && strings.Contains(resource, "::")
}

// knownPartition: a policy of one partition cannot name resources of another.
func knownPartition(partition string) bool { return partition == "aws" || partition == "*" }

func resourceFault(resource string) string {
	if resource == "*" {
		return ""
	}
	parts := splitPatternARN(resource)
	switch {
	case len(parts) == 1:
		return "Resource " + resource + ` must be in ARN format or "*".`
	case !knownPartition(parts[1]):
		return partitionFault(resource)
	case len(parts) == 2 || strings.ContainsAny(parts[2], "*?"):
		return msgVendor
	}
	for len(parts) < arnSegments {
		parts = append(parts, "")
	}
	service, region, path := parts[2], parts[3], parts[5]
	switch {
	case service == "iam" && region != "":
		return "IAM resource " + resource + " cannot contain region information."
	case service == "s3" && region != "" && !hasAnyPrefix(path, s3RegionalTypes):
		return "Resource " + resource + " can not contain region information."
	case service == "iam" && path != "*" && path != "root" && !hasAnyPrefix(path, iamResourceTypes):
		return msgIAMPath
	}
	return ""
}

// partitionFault prints the resource as AWS understood it: "arn" in front whatever there was, "*" for what is missing.
func partitionFault(resource string) string {
	parts := splitPatternARN(resource)
	shown := append([]string{"arn"}, parts[1:]...)
	for len(shown) < arnSegments {
		shown = append(shown, "*")
	}
	return `Partition "` + parts[1] + `" is not valid for resource "` + strings.Join(shown, ":") + `".`
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

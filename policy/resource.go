package policy

import "strings"

// resourcePattern is one element of Resource or NotResource. ARNs match segment by segment: a wildcard in one of the
// first five segments does not reach across a colon, in the sixth it takes everything (IAM User Guide, "IAM JSON
// policy elements: Resource"). Variables count only after the fifth colon.
type resourcePattern struct {
	any      bool // "*"
	never    bool // not an ARN: matches nothing
	segments [arnSegments]pattern
}

func compileResource(s string, variables bool) resourcePattern {
	if s == "*" {
		return resourcePattern{any: true}
	}
	parts := splitPatternARN(s)
	r := resourcePattern{never: len(parts) < 2 || parts[0] != "arn"}
	for i := range r.segments {
		// A shorter ARN stands for all that it leaves open: "arn:aws:s3" is stored by AWS as it is.
		text := "*"
		if i < len(parts) {
			text = parts[i]
		}
		wild := i != 0 && i != 2
		r.segments[i] = compilePattern(text, patternOptions{wildcards: wild || i >= len(parts), variables: variables && i == arnSegments-1})
	}
	return r
}

func (r *resourcePattern) match(e *evaluation) bool {
	if r.any {
		return true
	}
	if r.never || e.segmentCount != arnSegments {
		return false
	}
	// The service differs most often, so it goes first.
	if !r.segments[2].match(e.segments[2], e) {
		return false
	}
	for i := range r.segments {
		if i != 2 && !r.segments[i].match(e.segments[i], e) {
			return false
		}
	}
	return true
}

func (s *Statement) matchResource(e *evaluation) bool {
	if !s.hasResource {
		return e.resourceOptional
	}
	for i := range s.resources {
		if s.resources[i].match(e) {
			return !s.notResource
		}
	}
	return s.notResource
}

// accountOfARN returns the account segment of an ARN, empty when there is none.
func accountOfARN(arn string) string {
	var segments [arnSegments]string
	if splitARN(arn, &segments) < arnSegments || segments[0] != "arn" {
		return ""
	}
	return segments[4]
}

func isARN(s string) bool { return strings.HasPrefix(s, "arn:") }

package policy

import "strings"

// arnSegments is the number of colon-separated parts of an ARN; the sixth takes the rest, colons included.
const arnSegments = 6

// splitARN cuts a request's ARN into its segments and returns how many there are.
func splitARN(s string, segments *[arnSegments]string) int {
	for i := range arnSegments - 1 {
		before, after, found := strings.Cut(s, ":")
		segments[i] = before
		if !found {
			return i + 1
		}
		s = after
	}
	segments[arnSegments-1] = s
	return arnSegments
}

// splitPatternARN cuts a policy's ARN. Colons inside ${...} belong to a variable's name.
func splitPatternARN(s string) []string {
	var parts []string
	start, inside := 0, false
	for i := 0; i < len(s) && len(parts) < arnSegments-1; i++ {
		switch {
		case strings.HasPrefix(s[i:], "${"):
			inside = true
		case s[i] == '}':
			inside = false
		case s[i] == ':' && !inside:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

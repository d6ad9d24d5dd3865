package server

import (
	"net/http"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// endpointRegion is the region that the address of a request names, or "". The
// signature of a signed call says its region; an unsigned call has its address
// only, as on AWS, where each region has an endpoint. Two forms are known: a
// host that begins like AWS's (cognito-idp.eu-west-1.example.com), and a path
// that is the region (http://localhost:7665/eu-west-1), for clients that are
// given an endpoint but cannot resolve such names.
func endpointRegion(r *http.Request) string {
	if region, ok := pathRegion(r.URL.Path); ok {
		return region
	}
	if rest, ok := strings.CutPrefix(r.Host, "cognito-idp."); ok {
		if region, _, _ := strings.Cut(rest, "."); userpool.IsRegion(region) {
			return region
		}
	}
	return ""
}

// pathRegion tells whether a path is a region.
func pathRegion(path string) (region string, ok bool) {
	region = strings.Trim(path, "/")
	return region, userpool.IsRegion(region) && len(path) <= len(region)+2
}

// apiPath tells whether a path is where the AWS API answers.
func apiPath(path string) bool {
	_, region := pathRegion(path)
	return path == "/" || path == "" || region
}

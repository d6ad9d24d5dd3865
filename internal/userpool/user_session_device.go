package userpool

import (
	"regexp"
	"strings"
)

// maxUserAgent is how much of a User-Agent header is looked at.
const maxUserAgent = 512

// agents recognize programs in a User-Agent header. The first one that matches
// counts: browsers name those that they descend from, too.
var agents = []struct {
	name string
	re   *regexp.Regexp
}{
	{"Edge", regexp.MustCompile(`\bEdg(?:e|A|iOS)?/(\d+)`)},
	{"Opera", regexp.MustCompile(`\bOPR/(\d+)`)},
	{"Samsung Internet", regexp.MustCompile(`\bSamsungBrowser/(\d+)`)},
	{"Firefox", regexp.MustCompile(`\b(?:Firefox|FxiOS)/(\d+)`)},
	{"Chrome", regexp.MustCompile(`\b(?:Chrome|CriOS|Chromium)/(\d+)`)},
	{"Safari", regexp.MustCompile(`\bVersion/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/`)},
	{"AWS CLI", regexp.MustCompile(`\baws-cli/(\d+)`)},
	{"Amplify", regexp.MustCompile(`\b(?:aws-amplify|amplify-\w+)/(\d+)`)},
	{"AWS SDK for JavaScript", regexp.MustCompile(`\baws-sdk-js/(\d+)`)},
	{"AWS SDK for Go", regexp.MustCompile(`\baws-sdk-go-v2/(\d+)`)},
	{"Boto3", regexp.MustCompile(`\bBoto3/(\d+)`)},
	{"AWS SDK for Java", regexp.MustCompile(`\baws-sdk-java/(\d+)`)},
	{"AWS SDK for iOS", regexp.MustCompile(`\baws-sdk-(?:iOS|swift)/(\d+)`)},
	{"AWS SDK for Android", regexp.MustCompile(`\baws-sdk-(?:android|kotlin)/(\d+)`)},
}

// systems recognize operating systems likewise.
var systems = []struct {
	name string
	re   *regexp.Regexp
}{
	{"Android", regexp.MustCompile(`\b[Aa]ndroid[ /#]?(\d+)?`)},
	{"iOS", regexp.MustCompile(`\b(?:iPhone OS|CPU OS|iOS[ /#])[ ]?(\d+)?`)},
	{"macOS", regexp.MustCompile(`\b(?:Mac OS X|macOS|macos)[ /#]?(\d+(?:[._]\d+)?)?`)},
	{"Windows", regexp.MustCompile(`\b[Ww]indows(?: NT)?[ /#]?(\d+)?`)},
	{"ChromeOS", regexp.MustCompile(`\bCrOS ()`)},
	{"Linux", regexp.MustCompile(`\b[Ll]inux()`)},
}

// deviceDescription tells program and system of a User-Agent header, such as
// "Chrome 125 / macOS 15.0", or unknown (SessionDescriptionType in the API
// reference).
func deviceDescription(userAgent string) string {
	userAgent = userAgent[:min(len(userAgent), maxUserAgent)]
	var parts []string
	for _, a := range agents {
		if m := a.re.FindStringSubmatch(userAgent); m != nil {
			parts = append(parts, a.name+" "+m[1])
			break
		}
	}
	for _, o := range systems {
		if m := o.re.FindStringSubmatch(userAgent); m != nil {
			parts = append(parts, strings.TrimSpace(o.name+" "+strings.ReplaceAll(m[1], "_", ".")))
			break
		}
	}
	if len(parts) == 0 {
		return unknownPlace
	}
	return strings.Join(parts, " / ")
}

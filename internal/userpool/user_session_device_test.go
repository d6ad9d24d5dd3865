package userpool

import (
	"strings"
	"testing"
)

func TestDeviceDescription(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"":       "unknown",
		"curl/8": "unknown",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36":                         "Chrome 125 / Windows 10",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36 Edg/126.0.0.0":           "Edge 126 / Windows 10",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                                  "Firefox 128 / Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1": "Safari 17 / iOS 17",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36":                   "Chrome 125 / Android 14",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15":                   "Safari 17 / macOS 10.15",
		"aws-sdk-js/3.1169.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#22.0 api/cognito-identity-provider#3.1169.0":                                   "AWS SDK for JavaScript 3 / Linux",
		"aws-cli/2.17.0 md/awscrt#0.20 ua/2.0 os/macos#23.5.0 md/arch#arm64":                                                                      "AWS CLI 2 / macOS 23.5",
		strings.Repeat("x", 5000) + " Chrome/1": "unknown",
		"Chrome/1\x00\xff":                      "Chrome 1",
	} {
		if got := deviceDescription(agent); got != want {
			t.Errorf("%.80q: %q, want %q", agent, got, want)
		}
	}
}

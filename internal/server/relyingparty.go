package server

// relyingPartyID is the relying party ID of passkeys in pools that configure
// none: the host where the pool's users sign in. On a development server that
// is a name below localhost, or localhost itself where the pool has no domain.
func (s *Server) relyingPartyID(region, prefix, custom string) string {
	switch {
	case custom != "":
		return custom
	case s.cfg.Development && prefix != "":
		return prefix + ".auth." + region + ".localhost"
	case s.cfg.Development:
		return "localhost"
	case prefix != "":
		return prefix + ".auth." + region + ".amazoncognito.com"
	}
	return ""
}

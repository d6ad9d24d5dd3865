package server

// relyingPartyID is the relying party ID of passkeys in pools that configure
// none: the host where the pool's users sign in. For a custom domain that is
// the domain, for a prefix domain the server's own host or, where that is this
// machine's alone, a name below localhost. Pools without a domain have none,
// but on a development server on this machine localhost.
func (s *Server) relyingPartyID(region, prefix, custom string) string {
	host := s.domainHost()
	switch {
	case custom != "":
		return custom
	case prefix != "" && host != "":
		return host
	case prefix != "":
		return prefix + ".auth." + region + ".localhost"
	case host == "" && s.cfg.Development:
		return "localhost"
	}
	return ""
}

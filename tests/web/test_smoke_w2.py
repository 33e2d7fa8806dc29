def test_pages(town, browse, flow, watch):
    firm = town.firm()
    t = town.person(firm)
    i = flow.submitted(t)
    b = browse("employer", "emp-a")
    for url in ("/review/bohai-talent-card/employer", "/query", f"/desk/{i}"):
        b.get(url)
    p = browse("person", t.username)
    for url in ("/apply", f"/apply/{i}", f"/apply/{i}/receipt"):
        p.get(url)

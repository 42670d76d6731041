"""Dashboards as JSON documents that can leave the database: docs/dashboard-documents.md describes the format.

``names`` turns numbers of metrics and agents into names and back, ``write`` makes a document of a state, ``read`` takes
one apart and finds what is wrong with its shape, ``resolve`` makes the state that it means, ``apply`` writes that.
"""

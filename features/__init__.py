"""The reference features: will a flight out of New York arrive 15 or more minutes late?

Asked one hour before scheduled departure, from what is known by then. `flights` says what the
features are about, where history lies, what a request carries and what the model takes; the other
modules hold the features by subject. A module with a subject of its own may be added without
touching the others.
"""

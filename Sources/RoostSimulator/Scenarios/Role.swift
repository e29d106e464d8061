/// Somebody in a scenario, at one device.
struct Role: Hashable, Sendable {
    /// The place among the people of the run.
    let place: Int
}

/// A group in a scenario.
struct GroupRole: Hashable, Sendable {
    /// The place among the groups of the run.
    let place: Int
}

/// A change of a group's list that somebody in a scenario has asked for.
struct AskedChange: Hashable, Sendable {
    /// The place among the changes of the run.
    let place: Int
}

/// Whom something is written to.
enum Recipient: Hashable, Sendable {
    /// A person, by the place of its first device.
    case person(Int)
    /// A group.
    case group(Int)
}

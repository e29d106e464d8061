import RoostCore
import RoostNode

/// People who link devices and lose them.
extension ScenarioRun {
    /// Somebody links another device. Returns when some node has said that it is linked; the device is away.
    ///
    /// A person has one such device at a time here: what another one is owed is not kept apart.
    mutating func link(_ owner: Role) -> Role {
        precondition(simulation.devices(of: owner.place) == [owner.place], "\(name(owner)) has another device already")
        tell("\(name(owner)) links a device")
        let secret = (0..<AccessToken.secretBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        simulation.people[owner.place].linking = AccessToken(
            user: simulation.people[owner.place].token.user, device: random.next() | 1, secret: secret)
        simulation.agenda.add(.link(person: owner.place), at: simulation.now)
        wait(until: .linked(owner))
        return Role(place: simulation.people[owner.place].others.last ?? owner.place)
    }

    /// Somebody takes a device out of its account.
    mutating func revoke(_ device: Role) {
        precondition(simulation.people[device.place].first != nil, "who has only one device does not lose that")
        tell("\(name(device)) is to be taken out")
        simulation.people[device.place].revocation = .asked
        simulation.agenda.add(.revoke(person: device.place), at: simulation.now)
    }
}

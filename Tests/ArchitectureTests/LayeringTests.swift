import Testing

/// Who may know whom. SwiftPM lets a file import any target of its package, declared or not; these tests do not.
@Suite struct LayeringTests {
    @Test(arguments: Layering.layers.map(\.name))
    func `a target imports what its layer allows and nothing else`(name: String) throws {
        let layer = try #require(Layering.layer(name))
        for file in Repository.sources where file.path.hasPrefix(layer.directory + "/") {
            let allowed = Layering.allowed(layer, path: file.path)
            for (module, line) in file.code.imports where !allowed.contains(module) {
                Issue.record("\(file.path):\(line): \(name) may not import \(module)")
            }
        }
    }

    @Test func `the manifest declares the layering`() throws {
        let manifest = Manifest(try Repository.text("Package.swift"))
        #expect(manifest.layers.keys.sorted() == Layering.layers.map(\.name).sorted())
        for layer in Layering.layers {
            let declared = try #require(manifest.layers[layer.name], "\(layer.name) is not in Package.swift")
            #expect(
                declared.targets == layer.needs,
                "\(layer.name): only here \(layer.needs.subtracting(declared.targets).sorted()), only in Package.swift \(declared.targets.subtracting(layer.needs).sorted())"
            )
            #expect(
                declared.products == layer.products,
                "\(layer.name): only here \(layer.products.subtracting(declared.products).sorted()), only in Package.swift \(declared.products.subtracting(layer.products).sorted())"
            )
        }
    }

    @Test func `needs point downwards`() {
        for layer in Layering.layers {
            for need in layer.needs.sorted() {
                guard let needed = Layering.layer(need) else { continue }  // A system library.
                let isExcused = Layering.sameLevel["\(layer.name) needs \(need)"] != nil && needed.level == layer.level
                #expect(needed.level < layer.level || isExcused, "\(layer.name) needs \(need)")
            }
        }
    }

    @Test func `the simulator knows pure code only`() throws {
        let simulator = try #require(Layering.layer("RoostSimulator"))
        for need in simulator.needs.compactMap(Layering.layer) {
            #expect(need.level <= Layering.pureLevelMax, "\(need.name)")
        }
    }

    @Test func `every folder of sources is a layer`() {
        let known = Set(Layering.layers.map(\.directory)).union(["Sources/CLZ4", "Sources/COpenSSL"])
        for entry in Repository.entries("Sources") {
            #expect(known.contains("Sources/\(entry)"), "Sources/\(entry) is in no layer")
        }
    }

    @Test(arguments: Layering.layers.map(\.name))
    func `every target has its tests`(name: String) throws {
        guard Layering.untested[name] == nil else { return }
        let manifest = Manifest(try Repository.text("Package.swift"))
        #expect(manifest.testTargets["\(name)Tests"] != nil, "no target \(name)Tests in Package.swift")
    }

    @Test func `every folder of tests is declared`() throws {
        let manifest = Manifest(try Repository.text("Package.swift"))
        for entry in Repository.entries("Tests") where entry.hasSuffix("Tests") {
            #expect(manifest.testTargets[entry] != nil, "Tests/\(entry) is never run: Package.swift does not know it")
        }
    }
}

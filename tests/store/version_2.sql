BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE jrtune_confirmations (
	study_id INTEGER NOT NULL, 
	label VARCHAR(255) NOT NULL, 
	seed INTEGER NOT NULL, 
	number INTEGER, 
	role VARCHAR(20) NOT NULL, 
	candidate TEXT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	val JSON NOT NULL, 
	test JSON NOT NULL, 
	seconds FLOAT NOT NULL, 
	PRIMARY KEY (study_id, label, seed), 
	FOREIGN KEY(study_id) REFERENCES jrtune_studies (id)
);
INSERT INTO "jrtune_confirmations" VALUES(1,'trial 4',1,4,'front','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5400000214576721, "error": 0.4102412462234497}','{"accuracy": 0.47999998927116394, "error": 0.390311062335968}',1.06270241332822479307e-01);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind, choices of trial 4',1,NULL,'control','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5533333420753479, "error": 1.5614348649978638}','{"accuracy": 0.5799999833106995, "error": 1.468706727027893}',1.06270241332822479307e-01);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount, choices of trial 4',1,NULL,'control','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5, "error": 0.39326876401901245}','{"accuracy": 0.46666666865348816, "error": 0.3806209862232208}',1.06270241332822479307e-01);
INSERT INTO "jrtune_confirmations" VALUES(1,'trial 4',0,4,'front','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.6000000238418579, "error": 0.2781686782836914}','{"accuracy": 0.5266666412353516, "error": 0.31619831919670105}',1.0968422499960676919e-01);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind, choices of trial 4',0,NULL,'control','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.6200000047683716, "error": 1.4512935876846313}','{"accuracy": 0.5933333039283752, "error": 1.4514364004135132}',1.0968422499960676919e-01);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount, choices of trial 4',0,NULL,'control','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete','{"accuracy": 0.5, "error": 0.26564109325408936}','{"accuracy": 0.5, "error": 0.29097461700439453}',1.0968422499960676919e-01);
INSERT INTO "jrtune_confirmations" VALUES(1,'equal weights',1,0,'baseline','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5199999809265137, "error": 1.3502073287963867}','{"accuracy": 0.4933333396911621, "error": 1.3053706884384155}',2.8725660665562220003e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind',1,1,'baseline','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5266666412353516, "error": 1.4292793273925781}','{"accuracy": 0.5, "error": 1.3737202882766724}',2.8725660665562220003e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount',1,2,'baseline','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5133333206176758, "error": 1.3496763706207275}','{"accuracy": 0.5, "error": 1.305011510848999}',2.8725660665562220003e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'equal weights',0,0,'baseline','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5533333420753479, "error": 1.1933023929595947}','{"accuracy": 0.47999998927116394, "error": 1.1744699478149414}',3.24647186680522281676e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single kind',0,1,'baseline','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5266666412353516, "error": 1.2949703931808472}','{"accuracy": 0.5, "error": 1.271716594696045}',3.24647186680522281676e-02);
INSERT INTO "jrtune_confirmations" VALUES(1,'single amount',0,2,'baseline','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete','{"accuracy": 0.5199999809265137, "error": 1.192331314086914}','{"accuracy": 0.47999998927116394, "error": 1.1733633279800415}',3.24647186680522281676e-02);
CREATE TABLE jrtune_curves (
	study_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	metrics JSON NOT NULL, 
	PRIMARY KEY (study_id, number, epoch), 
	FOREIGN KEY(study_id) REFERENCES jrtune_studies (id)
);
INSERT INTO "jrtune_curves" VALUES(1,0,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.695364773273468, "amount": 3.045311212539673}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.4330567121505737}, "gradients": {"kind": 0.07288413902303296, "amount": 1.227205888457707}}');
INSERT INTO "jrtune_curves" VALUES(1,0,1,'{"epoch": 1, "train": {"kind": 0.6940966725349427, "amount": 3.314205280939738}, "val": {"kind": 0.6919050812721252, "amount": 2.778517723083496}, "objectives": {"accuracy": 0.5266666412353516, "error": 1.3691309690475464}}');
INSERT INTO "jrtune_curves" VALUES(1,0,2,'{"epoch": 2, "train": {"kind": 0.68993869860967, "amount": 3.1085224692026774}, "val": {"kind": 0.6925209164619446, "amount": 2.7099034786224365}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.3521945476531982}}');
INSERT INTO "jrtune_curves" VALUES(1,1,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.6951510906219482, "amount": 3.096652030944824}, "objectives": {"accuracy": 0.5066666603088379, "error": 1.4492970705032349}, "gradients": {"kind": 0.10767064059345148, "amount": 1.2823641310543779}}');
INSERT INTO "jrtune_curves" VALUES(1,1,1,'{"epoch": 1, "train": {"kind": 0.6997553078333537, "amount": 3.530242058436076}, "val": {"kind": 0.6876269578933716, "amount": 3.1184303760528564}, "objectives": {"accuracy": 0.5533333420753479, "error": 1.4548842906951904}}');
INSERT INTO "jrtune_curves" VALUES(1,1,2,'{"epoch": 2, "train": {"kind": 0.6871539449691773, "amount": 3.546629285812378}, "val": {"kind": 0.6884453296661377, "amount": 3.12004017829895}, "objectives": {"accuracy": 0.5333333611488342, "error": 1.4552900791168213}}');
INSERT INTO "jrtune_curves" VALUES(1,2,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7077690958976746, "amount": 2.9735946655273438}, "objectives": {"accuracy": 0.4333333373069763, "error": 1.408686876296997}, "gradients": {"kind": 0.13249879394315917, "amount": 1.0242219288196115}}');
INSERT INTO "jrtune_curves" VALUES(1,2,1,'{"epoch": 1, "train": {"kind": 0.6966608142852784, "amount": 3.228021764755249}, "val": {"kind": 0.7073324918746948, "amount": 2.7069265842437744}, "objectives": {"accuracy": 0.4466666579246521, "error": 1.342457890510559}}');
INSERT INTO "jrtune_curves" VALUES(1,2,2,'{"epoch": 2, "train": {"kind": 0.6963318912188212, "amount": 3.0090769656499226}, "val": {"kind": 0.7073354721069336, "amount": 2.6371910572052}, "objectives": {"accuracy": 0.46000000834465027, "error": 1.3240435123443604}}');
INSERT INTO "jrtune_curves" VALUES(1,3,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7329367399215698, "amount": 3.311469793319702}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.4969013929367065}, "gradients": {"kind": 0.1049380923174488, "amount": 1.1657292327844762}}');
INSERT INTO "jrtune_curves" VALUES(1,3,1,'{"epoch": 1, "train": {"kind": 0.7523687982559204, "amount": 3.543425448735555}, "val": {"kind": 0.699658989906311, "amount": 2.90909743309021}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.4112012386322021}}');
INSERT INTO "jrtune_curves" VALUES(1,3,2,'{"epoch": 2, "train": {"kind": 0.7227128513654073, "amount": 3.249967419306437}, "val": {"kind": 0.6949800848960876, "amount": 2.8311493396759033}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.3924343585968018}}');
INSERT INTO "jrtune_curves" VALUES(1,5,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7527670860290527, "amount": 2.9954967498779297}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.4319555759429932}, "gradients": {"kind": 0.17082920984776845, "amount": 1.258023574058739}}');
INSERT INTO "jrtune_curves" VALUES(1,5,1,'{"epoch": 1, "train": {"kind": 0.8116916640599569, "amount": 3.46076841990153}, "val": {"kind": 0.7490940690040588, "amount": 2.9743118286132812}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.4268732070922852}}');
INSERT INTO "jrtune_curves" VALUES(1,6,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7296228408813477, "amount": 3.340474843978882}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.4878710508346558}, "gradients": {"kind": 0.14024662545088057, "amount": 0.8364290720669718}}');
INSERT INTO "jrtune_curves" VALUES(1,6,1,'{"epoch": 1, "train": {"kind": 0.7253054920832316, "amount": 3.6049081961313885}, "val": {"kind": 0.6889853477478027, "amount": 3.0080184936523438}, "objectives": {"accuracy": 0.5600000023841858, "error": 1.4191577434539795}}');
INSERT INTO "jrtune_curves" VALUES(1,4,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7007989883422852, "amount": 2.9888341426849365}, "objectives": {"accuracy": 0.5199999809265137, "error": 1.429456114768982}, "gradients": {"kind": 0.12758768435943346, "amount": 1.183799711100719}}');
INSERT INTO "jrtune_curves" VALUES(1,4,1,'{"epoch": 1, "train": {"kind": 0.7134163244565328, "amount": 1.831189700762431}, "val": {"kind": 0.7634970545768738, "amount": 0.24460648000240326}, "objectives": {"accuracy": 0.5, "error": 0.38833969831466675}}');
INSERT INTO "jrtune_curves" VALUES(1,4,2,'{"epoch": 2, "train": {"kind": 0.6560656078656515, "amount": 0.18297370592753093}, "val": {"kind": 0.7130180597305298, "amount": 0.08934804797172546}, "objectives": {"accuracy": 0.5733333230018616, "error": 0.24003778398036957}}');
INSERT INTO "jrtune_curves" VALUES(1,7,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7047709226608276, "amount": 3.126796007156372}, "objectives": {"accuracy": 0.47333332896232605, "error": 1.4528273344039917}, "gradients": {"kind": 0.11247685228246022, "amount": 1.1532486785803395}}');
INSERT INTO "jrtune_curves" VALUES(1,7,1,'{"epoch": 1, "train": {"kind": 0.7202370993296305, "amount": 3.430236209233602}, "val": {"kind": 0.7006545066833496, "amount": 2.9876840114593506}, "objectives": {"accuracy": 0.4866666793823242, "error": 1.4217649698257446}}');
INSERT INTO "jrtune_curves" VALUES(1,8,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.6865773797035217, "amount": 3.373549699783325}, "objectives": {"accuracy": 0.54666668176651, "error": 1.5230284929275513}, "gradients": {"kind": 0.0890719601145941, "amount": 1.2919641724368511}}');
INSERT INTO "jrtune_curves" VALUES(1,8,1,'{"epoch": 1, "train": {"kind": 0.69280503988266, "amount": 1.935364317893982}, "val": {"kind": 0.8018113374710083, "amount": 0.3314398229122162}, "objectives": {"accuracy": 0.47333332896232605, "error": 0.466532438993454}}');
INSERT INTO "jrtune_curves" VALUES(1,8,2,'{"epoch": 2, "train": {"kind": 0.6501408108075459, "amount": 0.19098888218402862}, "val": {"kind": 0.7500483393669128, "amount": 0.12022290378808975}, "objectives": {"accuracy": 0.5199999809265137, "error": 0.27195489406585693}}');
INSERT INTO "jrtune_curves" VALUES(1,9,0,'{"epoch": 0, "train": {}, "val": {"kind": 0.7058858275413513, "amount": 3.5039637088775635}, "objectives": {"accuracy": 0.46666666865348816, "error": 1.521384358406067}, "gradients": {"kind": 0.14689975111103493, "amount": 1.268868914921183}}');
INSERT INTO "jrtune_curves" VALUES(1,9,1,'{"epoch": 1, "train": {"kind": 0.709156866868337, "amount": 2.717905356089274}, "val": {"kind": 0.7296005487442017, "amount": 1.0830758810043335}, "objectives": {"accuracy": 0.4533333480358124, "error": 0.859490156173706}}');
CREATE TABLE jrtune_lease (
	id INTEGER NOT NULL, 
	host VARCHAR(255) NOT NULL, 
	pid INTEGER NOT NULL, 
	since VARCHAR(40) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "jrtune_lease" VALUES(1,'vm',23894,'2026-11-29T10:17:16+00:00');
CREATE TABLE jrtune_meta (
	schema_version INTEGER NOT NULL, 
	PRIMARY KEY (schema_version)
);
INSERT INTO "jrtune_meta" VALUES(2);
CREATE TABLE jrtune_models (
	study_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	tensors BLOB NOT NULL, 
	PRIMARY KEY (study_id, number), 
	FOREIGN KEY(study_id) REFERENCES jrtune_studies (id)
);
CREATE TABLE jrtune_results (
	study_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	source VARCHAR(255) NOT NULL, 
	candidate TEXT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	epoch INTEGER NOT NULL, 
	vals JSON NOT NULL, 
	losses JSON NOT NULL, 
	loss_scale JSON NOT NULL, 
	seconds FLOAT NOT NULL, 
	message TEXT NOT NULL, 
	finished VARCHAR(40) NOT NULL, 
	PRIMARY KEY (study_id, number), 
	FOREIGN KEY(study_id) REFERENCES jrtune_studies (id)
);
INSERT INTO "jrtune_results" VALUES(1,0,'equal weights','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5199999809265137, "error": 1.3521945476531982}','{"kind": 0.6925209164619446, "amount": 2.7099034786224365}','{"kind": 0.695364773273468, "amount": 3.045311212539673}',1.429789663343399575e-01,'','2026-11-29T10:17:13.755+00:00');
INSERT INTO "jrtune_results" VALUES(1,1,'single kind','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete',1,'{"accuracy": 0.5533333420753479, "error": 1.4548842906951904}','{"kind": 0.6876269578933716, "amount": 3.1184303760528564}','{"kind": 0.6951510906219482, "amount": 3.096652030944824}',1.429789663343399575e-01,'','2026-11-29T10:17:13.755+00:00');
INSERT INTO "jrtune_results" VALUES(1,2,'single amount','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.46000000834465027, "error": 1.3240435123443604}','{"kind": 0.7073354721069336, "amount": 2.6371910572052}','{"kind": 0.7077690958976746, "amount": 2.9735946655273438}',1.429789663343399575e-01,'','2026-11-29T10:17:13.755+00:00');
INSERT INTO "jrtune_results" VALUES(1,3,'front','{"weights": {"kind": 0.25871093848124516, "amount": 0.7412890615187548}, "choices": {"width": 4, "lr": 0.02659677795970113}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5600000023841858, "error": 1.3924343585968018}','{"kind": 0.6949800848960876, "amount": 2.8311493396759033}','{"kind": 0.7329367399215698, "amount": 3.311469793319702}',2.72657329987850971519e-02,'','2026-11-29T10:17:13.755+00:00');
INSERT INTO "jrtune_results" VALUES(1,5,'front','{"weights": {"kind": 0.2090435807341834, "amount": 0.7909564192658166}, "choices": {"width": 4, "lr": 0.0011478245522323406}, "balancing": "fixed"}','pruned',0,'{}','{}','{"kind": 0.7527670860290527, "amount": 2.9954967498779297}',1.84608065010252175852e-02,'dropped at rung 1','2026-11-29T10:17:14.108+00:00');
INSERT INTO "jrtune_results" VALUES(1,6,'front','{"weights": {"kind": 0.9508927002953761, "amount": 0.04910729970462391}, "choices": {"width": 4, "lr": 0.025943632511593977}, "balancing": "fixed"}','pruned',0,'{}','{}','{"kind": 0.7296228408813477, "amount": 3.340474843978882}',1.84608065010252175852e-02,'dropped at rung 1','2026-11-29T10:17:14.108+00:00');
INSERT INTO "jrtune_results" VALUES(1,4,'front','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5733333230018616, "error": 0.24003778398036957}','{"kind": 0.7130180597305298, "amount": 0.08934804797172546}','{"kind": 0.7007989883422852, "amount": 2.9888341426849365}',0.0260350800017477,'','2026-11-29T10:17:14.108+00:00');
INSERT INTO "jrtune_results" VALUES(1,7,'front','{"weights": {"kind": 0.26891464085960515, "amount": 0.7310853591403949}, "choices": {"width": 62, "lr": 0.0011563456006128373}, "balancing": "fixed"}','pruned',0,'{}','{}','{"kind": 0.7047709226608276, "amount": 3.126796007156372}',1.3752188999205827713e-02,'dropped at rung 1','2026-11-29T10:17:14.108+00:00');
INSERT INTO "jrtune_results" VALUES(1,8,'front','{"weights": {"kind": 0.7913283064440529, "amount": 0.20867169355594706}, "choices": {"width": 64, "lr": 0.02934139202752002}, "balancing": "fixed"}','complete',2,'{"accuracy": 0.5199999809265137, "error": 0.27195489406585693}','{"kind": 0.7500483393669128, "amount": 0.12022290378808975}','{"kind": 0.6865773797035217, "amount": 3.373549699783325}',2.97386860002006869763e-02,'','2026-11-29T10:17:14.489+00:00');
INSERT INTO "jrtune_results" VALUES(1,9,'front','{"weights": {"kind": 0.6669549725526644, "amount": 0.33304502744733555}, "choices": {"width": 47, "lr": 0.029869864949606566}, "balancing": "fixed"}','pruned',0,'{}','{}','{"kind": 0.7058858275413513, "amount": 3.5039637088775635}',1.09723800014762673527e-02,'dropped at rung 1','2026-11-29T10:17:14.489+00:00');
CREATE TABLE jrtune_studies (
	id INTEGER NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	spec JSON NOT NULL, 
	seed BIGINT NOT NULL, 
	path TEXT NOT NULL, 
	options JSON NOT NULL, 
	data VARCHAR(80) NOT NULL, 
	reference JSON, 
	versions JSON NOT NULL, 
	created VARCHAR(40) NOT NULL, 
	cohort INTEGER, 
	stack INTEGER, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "jrtune_studies" VALUES(1,'example','{"losses": ["kind", "amount"], "objectives": {"accuracy": {"direction": "maximize", "bound": null, "worst": null, "term": "kind", "resource": false}, "error": {"direction": "minimize", "bound": null, "worst": null, "term": "amount", "resource": false}}, "space": {"width": {"kind": "integer", "default": 16, "options": [], "low": 4, "high": 64, "log": true, "when": {}}, "lr": {"kind": "number", "default": 0.005477225575051661, "options": [], "low": 0.001, "high": 0.03, "log": true, "when": {}}}, "epochs": 2, "training": {"lr": 0.001, "weight_decay": 0.01, "batch_size": 64, "clip": 1.0, "schedule": "cosine", "warmup": 0.05, "optimizer": "adamw", "momentum": 0.9, "scalarisation": "sum", "frozen": "", "frozen_for": 0.0, "frozen_rate": 1.0}, "weights": {"log": false, "floor": 0.0, "groups": {}}, "constraints": {}, "watched": [], "model": ["width"]}',0,'/example.py','{}','sha256:544ddb6a54ffc2495c3313daf4d33a5627c7a3db981481b8cb6ca54621c7e401','{"accuracy": 0.4213333368301392, "error": 1.4684147357940673}','{"jrtune": "0.1.0", "torch": "2.13.0+cpu", "optuna": "5.0.0", "python": "3.11.7", "device": "cpu: x86_64, 2 threads", "file_hash": "3b3bac06333dee59be0cb4aa31815e440555cec27cb75c641b9031e2ebb939fa", "declared": "example"}','2026-11-29T10:17:12.700+00:00',4,4);
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'example');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
INSERT INTO "study_directions" VALUES(2,'MINIMIZE',1,1);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_system_attributes" VALUES(1,1,'study:metric_names','["accuracy", "error"]');
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'stick_0',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(2,1,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(3,1,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(4,2,'stick_0',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(5,2,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(6,2,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(7,3,'stick_0',0.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(8,3,'width',16.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(9,3,'lr',5.47722557505166129931e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(10,4,'stick_0',2.58710938481245156239e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(11,4,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(12,4,'lr',2.65967779597011295955e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(13,5,'stick_0',5.68234116721742288369e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(14,5,'width',64.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(15,5,'lr',2.83893756537023367325e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(16,6,'stick_0',2.0904358073418338737e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(17,6,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(18,6,'lr',1.14782455223234056487e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(19,7,'stick_0',9.50892700295376092078e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(20,7,'width',4.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(21,7,'lr',2.59436325115939767083e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(22,8,'stick_0',2.68914640859605147404e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(23,8,'width',62.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(24,8,'lr',1.15634560061283727175e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(25,9,'stick_0',7.91328306444052942403e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(26,9,'width',64.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(27,9,'lr',2.93413920275200183762e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
INSERT INTO "trial_params" VALUES(28,10,'stick_0',6.66954972552664449025e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(29,10,'width',47.0,'{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 4, "high": 64}}');
INSERT INTO "trial_params" VALUES(30,10,'lr',2.98698649496065664343e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 0.03, "log": true}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(2,2,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(3,3,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(4,4,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(5,5,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(6,6,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(7,7,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(8,8,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(9,9,'jrtune:study_attrs','{}');
INSERT INTO "trial_system_attributes" VALUES(10,10,'jrtune:study_attrs','{}');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'source','"equal weights"');
INSERT INTO "trial_user_attributes" VALUES(2,1,'weight_kind','0.5');
INSERT INTO "trial_user_attributes" VALUES(3,1,'weight_amount','0.5');
INSERT INTO "trial_user_attributes" VALUES(4,1,'jrtune:candidate','{"weights": {"kind": 0.5, "amount": 0.5}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(5,2,'source','"single kind"');
INSERT INTO "trial_user_attributes" VALUES(6,2,'weight_kind','1.0');
INSERT INTO "trial_user_attributes" VALUES(7,2,'weight_amount','0.0');
INSERT INTO "trial_user_attributes" VALUES(8,2,'jrtune:candidate','{"weights": {"kind": 1.0, "amount": 0.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(9,3,'source','"single amount"');
INSERT INTO "trial_user_attributes" VALUES(10,3,'weight_kind','0.0');
INSERT INTO "trial_user_attributes" VALUES(11,3,'weight_amount','1.0');
INSERT INTO "trial_user_attributes" VALUES(12,3,'jrtune:candidate','{"weights": {"kind": 0.0, "amount": 1.0}, "choices": {"width": 16, "lr": 0.005477225575051661}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(13,4,'source','"front"');
INSERT INTO "trial_user_attributes" VALUES(14,4,'weight_kind','0.25871093848124516');
INSERT INTO "trial_user_attributes" VALUES(15,4,'weight_amount','0.7412890615187548');
INSERT INTO "trial_user_attributes" VALUES(16,4,'jrtune:candidate','{"weights": {"kind": 0.25871093848124516, "amount": 0.7412890615187548}, "choices": {"width": 4, "lr": 0.02659677795970113}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(17,5,'source','"front"');
INSERT INTO "trial_user_attributes" VALUES(18,5,'weight_kind','0.5682341167217423');
INSERT INTO "trial_user_attributes" VALUES(19,5,'weight_amount','0.4317658832782577');
INSERT INTO "trial_user_attributes" VALUES(20,5,'jrtune:candidate','{"weights": {"kind": 0.5682341167217423, "amount": 0.4317658832782577}, "choices": {"width": 64, "lr": 0.028389375653702337}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(21,6,'source','"front"');
INSERT INTO "trial_user_attributes" VALUES(22,6,'weight_kind','0.2090435807341834');
INSERT INTO "trial_user_attributes" VALUES(23,6,'weight_amount','0.7909564192658166');
INSERT INTO "trial_user_attributes" VALUES(24,6,'jrtune:candidate','{"weights": {"kind": 0.2090435807341834, "amount": 0.7909564192658166}, "choices": {"width": 4, "lr": 0.0011478245522323406}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(25,7,'source','"front"');
INSERT INTO "trial_user_attributes" VALUES(26,7,'weight_kind','0.9508927002953761');
INSERT INTO "trial_user_attributes" VALUES(27,7,'weight_amount','0.04910729970462391');
INSERT INTO "trial_user_attributes" VALUES(28,7,'jrtune:candidate','{"weights": {"kind": 0.9508927002953761, "amount": 0.04910729970462391}, "choices": {"width": 4, "lr": 0.025943632511593977}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(29,8,'source','"front"');
INSERT INTO "trial_user_attributes" VALUES(30,8,'weight_kind','0.26891464085960515');
INSERT INTO "trial_user_attributes" VALUES(31,8,'weight_amount','0.7310853591403949');
INSERT INTO "trial_user_attributes" VALUES(32,8,'jrtune:candidate','{"weights": {"kind": 0.26891464085960515, "amount": 0.7310853591403949}, "choices": {"width": 62, "lr": 0.0011563456006128373}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(33,6,'status','"pruned: dropped at rung 1"');
INSERT INTO "trial_user_attributes" VALUES(34,7,'status','"pruned: dropped at rung 1"');
INSERT INTO "trial_user_attributes" VALUES(35,8,'status','"pruned: dropped at rung 1"');
INSERT INTO "trial_user_attributes" VALUES(36,9,'source','"front"');
INSERT INTO "trial_user_attributes" VALUES(37,9,'weight_kind','0.7913283064440529');
INSERT INTO "trial_user_attributes" VALUES(38,9,'weight_amount','0.20867169355594706');
INSERT INTO "trial_user_attributes" VALUES(39,9,'jrtune:candidate','{"weights": {"kind": 0.7913283064440529, "amount": 0.20867169355594706}, "choices": {"width": 64, "lr": 0.02934139202752002}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(40,10,'source','"front"');
INSERT INTO "trial_user_attributes" VALUES(41,10,'weight_kind','0.6669549725526644');
INSERT INTO "trial_user_attributes" VALUES(42,10,'weight_amount','0.33304502744733555');
INSERT INTO "trial_user_attributes" VALUES(43,10,'jrtune:candidate','{"weights": {"kind": 0.6669549725526644, "amount": 0.33304502744733555}, "choices": {"width": 47, "lr": 0.029869864949606566}, "balancing": "fixed"}');
INSERT INTO "trial_user_attributes" VALUES(44,10,'status','"pruned: dropped at rung 1"');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,5.19999980926513671875e-01,'FINITE');
INSERT INTO "trial_values" VALUES(2,1,1,1.35219454765319824218e+00,'FINITE');
INSERT INTO "trial_values" VALUES(3,2,0,5.5333334207534790039e-01,'FINITE');
INSERT INTO "trial_values" VALUES(4,2,1,1.45488429069519042968e+00,'FINITE');
INSERT INTO "trial_values" VALUES(5,3,0,4.60000008344650268554e-01,'FINITE');
INSERT INTO "trial_values" VALUES(6,3,1,1.32404351234436035156e+00,'FINITE');
INSERT INTO "trial_values" VALUES(7,4,0,5.60000002384185791015e-01,'FINITE');
INSERT INTO "trial_values" VALUES(8,4,1,1.39243435859680175781e+00,'FINITE');
INSERT INTO "trial_values" VALUES(9,5,0,5.73333323001861572265e-01,'FINITE');
INSERT INTO "trial_values" VALUES(10,5,1,2.40037783980369567871e-01,'FINITE');
INSERT INTO "trial_values" VALUES(11,9,0,5.19999980926513671875e-01,'FINITE');
INSERT INTO "trial_values" VALUES(12,9,1,2.71954894065856933593e-01,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-29 10:17:13.184832','2026-11-29 10:17:13.777067');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-29 10:17:13.206241','2026-11-29 10:17:13.787820');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-29 10:17:13.219271','2026-11-29 10:17:13.797326');
INSERT INTO "trials" VALUES(4,3,1,'COMPLETE','2026-11-29 10:17:13.231891','2026-11-29 10:17:13.806877');
INSERT INTO "trials" VALUES(5,4,1,'COMPLETE','2026-11-29 10:17:13.817648','2026-11-29 10:17:14.131581');
INSERT INTO "trials" VALUES(6,5,1,'PRUNED','2026-11-29 10:17:13.830783','2026-11-29 10:17:14.117338');
INSERT INTO "trials" VALUES(7,6,1,'PRUNED','2026-11-29 10:17:13.843459','2026-11-29 10:17:14.125141');
INSERT INTO "trials" VALUES(8,7,1,'PRUNED','2026-11-29 10:17:13.855400','2026-11-29 10:17:14.138947');
INSERT INTO "trials" VALUES(9,8,1,'COMPLETE','2026-11-29 10:17:14.249868','2026-11-29 10:17:14.496462');
INSERT INTO "trials" VALUES(10,9,1,'PRUNED','2026-11-29 10:17:14.369906','2026-11-29 10:17:14.503573');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
